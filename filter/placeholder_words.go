package filter

// placeholders is folded before use. A word is here if, alone, it is the name of an element, of a file or of an action, and
// would be a strange description of any picture's content.
var placeholders = []string{
	// English
	"image", "images", "img", "picture", "pictures", "pic", "photo", "photos", "photograph", "photography", "illustration", "graphic",
	"graphics", "figure", "fig", "screenshot", "thumbnail", "thumb", "thumbs", "icon", "icons", "logo", "site logo", "company logo",
	"our logo", "header logo", "banner", "banner image", "header", "header image", "footer", "hero", "hero image", "background",
	"background image", "featured image", "main image", "product image", "product photo", "product picture", "cover", "cover image",
	"cover photo", "profile", "profile picture", "profile photo", "profile image", "avatar", "user avatar", "author", "default",
	"default image", "placeholder", "placeholder image", "image placeholder", "no image", "no photo", "no image available",
	"image not available", "image not found", "no picture", "missing image", "broken image", "image coming soon", "coming soon",
	"photo coming soon", "loading", "loading image", "spacer", "spacer image", "blank", "empty", "pixel", "tracking pixel", "untitled",
	"untitled image", "untitled design", "unnamed", "unknown", "none", "null", "undefined", "nan", "n/a", "alt", "alt text",
	"alternative text", "alt tag", "image alt", "image alt text", "insert alt text here", "caption", "description", "title", "image title",
	"image description", "image caption", "preview", "image preview", "slide", "slider", "slider image", "carousel", "gallery",
	"gallery image", "photo gallery", "image gallery", "attachment", "upload", "uploaded image", "file", "media", "video", "video thumbnail",
	"click", "click here", "click to enlarge", "click to zoom", "click for larger image", "click image to enlarge", "click to view",
	"click to see larger image", "enlarge", "enlarge image", "zoom", "zoom in", "view larger", "view larger image", "view full size",
	"full size", "larger image", "large image", "small image", "open image", "show image", "tap to zoom", "hover to zoom", "read more",
	"more", "next", "previous", "prev", "back", "home", "menu", "close", "search", "share", "download", "print", "play", "play button",
	"arrow", "arrow right", "arrow left", "advertisement", "ad", "ads", "advert", "sponsored", "facebook", "twitter", "instagram",
	"image may contain", "an image", "a picture", "a photo", "this is an image", "test", "test image", "sample", "sample image",
	"stock photo", "stock image", "lorem ipsum",
	// German
	"bild", "bilder", "foto", "fotos", "abbildung", "abb", "grafik", "symbolbild", "symbolfoto", "platzhalter", "platzhalterbild",
	"kein bild", "kein bild vorhanden", "kein foto", "ohne titel", "unbenannt", "vorschau", "vorschaubild", "zum vergrößern klicken",
	"klicken zum vergrößern", "bild vergrößern", "vergrößern", "produktbild", "titelbild", "beitragsbild", "hintergrundbild", "weiterlesen",
	"mehr", "anzeige", "werbung",
	// French
	"photographie", "image du produit", "photo du produit", "vignette", "aperçu", "sans titre", "pas d'image", "aucune image",
	"image non disponible", "image indisponible", "cliquez pour agrandir", "cliquer pour agrandir", "agrandir", "agrandir l'image",
	"photo de profil", "image de couverture", "bannière", "légende", "lire la suite", "publicité",
	// Spanish
	"imagen", "imágenes", "fotografía", "sin título", "sin imagen", "imagen no disponible", "haga clic para ampliar",
	"haz clic para ampliar", "clic para ampliar", "ampliar", "ampliar imagen", "miniatura", "foto de perfil", "imagen destacada",
	"logotipo", "leer más", "publicidad",
	// Portuguese
	"imagem", "imagens", "fotografia", "sem título", "sem imagem", "sem foto", "imagem não disponível", "clique para ampliar",
	"clique para aumentar", "foto do perfil", "imagem destacada", "leia mais", "publicidade",
	// Italian
	"immagine", "immagini", "senza titolo", "nessuna immagine", "immagine non disponibile", "clicca per ingrandire",
	"ingrandisci", "anteprima", "foto profilo", "leggi tutto", "pubblicità",
	// Dutch, Swedish, Danish, Norwegian, Finnish
	"afbeelding", "afbeeldingen", "plaatje", "geen afbeelding", "geen foto", "naamloos", "klik om te vergroten", "lees meer",
	"bilden", "ingen bild", "klicka för att förstora", "namnlös", "billede", "intet billede", "klik for at forstørre",
	"bilde", "klikk for å forstørre", "kuva", "ei kuvaa", "nimetön",
	// Polish, Czech, Hungarian, Romanian
	"obraz", "obrazek", "zdjęcie", "brak zdjęcia", "bez tytułu", "kliknij, aby powiększyć", "powiększ", "obrázek", "fotka",
	"bez názvu", "kép", "fénykép", "névtelen", "imagine", "poză", "fără titlu",
	// Russian, Ukrainian, Greek
	"изображение", "картинка", "фото", "фотография", "рисунок", "логотип", "иконка", "баннер", "аватар", "без названия", "нет фото",
	"нет изображения", "нажмите для увеличения", "увеличить", "реклама", "зображення", "світлина", "без назви", "εικόνα", "φωτογραφία",
	"λογότυπο", "χωρίς τίτλο",
	// Turkish, Arabic, Persian, Hebrew, Hindi
	"resim", "görsel", "fotoğraf", "resim yok", "başlıksız", "büyütmek için tıklayın", "صورة", "الصورة", "صور", "شعار", "بدون عنوان",
	"لا توجد صورة", "اضغط للتكبير", "تصویر", "عکس", "بدون تصویر", "לוגו", "תמונה", "ללא כותרת", "אין תמונה", "छवि", "चित्र", "तस्वीर", "फोटो",
	// Chinese, Japanese, Korean
	"图片", "圖片", "图像", "圖像", "照片", "相片", "图", "圖", "插图", "插圖", "标志", "標誌", "图标", "圖標", "头像", "頭像", "封面", "缩略图", "縮圖",
	"预览", "無圖片", "暂无图片", "無標題", "无标题", "点击放大", "點擊放大", "点击查看大图", "点击图片查看大图", "广告", "廣告", "画像", "写真", "図", "イメージ", "アイコン",
	"ロゴ", "バナー", "サムネイル", "プレビュー", "無題", "画像なし", "写真なし", "クリックで拡大", "クリックして拡大", "拡大", "拡大画像", "広告",
	"이미지", "사진", "그림", "로고", "아이콘", "배너", "썸네일", "무제", "이미지 없음", "클릭하면 확대", "광고",
	// Thai, Vietnamese, Indonesian
	"รูปภาพ", "รูป", "ภาพ", "ภาพถ่าย", "โลโก้", "ไม่มีรูปภาพ", "คลิกเพื่อขยาย", "hình ảnh", "ảnh", "không có hình ảnh", "không có tiêu đề",
	"nhấn để phóng to", "gambar", "tidak ada gambar", "tanpa judul", "klik untuk memperbesar",
}
